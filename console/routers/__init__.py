"""One module for each screen; each has a `router` (`console.routing.Screen`) and is found by itself."""
