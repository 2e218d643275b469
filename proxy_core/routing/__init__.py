"""From the model name a client asks for to the deployments that may answer."""
