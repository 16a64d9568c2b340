"""The JSON API, one module for each subject; each has a `router` (`console.routing.ApiScreen`) and is found by itself."""
