@"%~dp0sap-ai-proxy.exe" inspect %*
