"""What was deployed, what was live when, and how does it do in production?"""
