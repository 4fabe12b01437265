"""Claim, render, send and settle touches."""
