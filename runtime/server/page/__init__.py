"""The page at `/`: a person tries the guards that run, and policies of his own.

    files.py       the page itself: HTML, style and script, which load nothing from elsewhere
    playground.py  compiles and tries a policy that was pasted, in a process apart

Invariant: the script puts texts into the page as texts alone; what a policy or an answer contains is never markup.
"""
