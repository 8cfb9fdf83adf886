"""component"""
