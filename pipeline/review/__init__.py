"""The local page on which a person confirms, corrects and adds: passages, quotes and problems of practice.

survey     what could be judged, in brief         queue      which of it, in which order
units      what there is to judge (pure)          meaning    vectors of passages, for the choice
desk       a coder's decisions: checked, saved     agreement  with the model and with other coders
facts      what the page is told at the start      page       the page itself: its HTML, style and script
app        who may ask for what (Flask)            server     on 127.0.0.1, until Ctrl-C
jobs       training and a new run, on a click      export     the same page as one file
"""
