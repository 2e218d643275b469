@"%~dp0sap-ai-proxy.exe" demo-request %*
