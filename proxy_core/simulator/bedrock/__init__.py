"""Claude, Nova and Titan on AWS Bedrock."""
