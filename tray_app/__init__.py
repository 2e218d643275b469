"""The tray application: a view over the engine in `proxy_core`."""
