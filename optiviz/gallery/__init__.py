"""Many scenes on one offline page: only what changed is drawn, in as many processes as there are cores.

    cache     what a clip was made of, and which files are the gallery's own
    show      the scenes, drawn and hung
    page      the page, in HTML
    page.html, page.css, page.js

The page has no clock, host or path in it: the same scenes give the same bytes.
"""
