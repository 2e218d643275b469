"""What every family on the chat completions wire shares: messages out, answers and streams in.

The families themselves stay blind to each other; what a host accepts beyond the wire is theirs to know.
"""
