@"%~dp0sap-ai-proxy.exe" chat %*
