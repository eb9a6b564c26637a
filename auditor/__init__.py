"""Is this repository ready to move from free LLM credits to paid production, what blocks it, and what to change?"""

__version__ = "0.1.0"
