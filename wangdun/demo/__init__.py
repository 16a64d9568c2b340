"""The bundled demo: a local forum and a local shop, so that a crawl can be tried with no network at all."""
