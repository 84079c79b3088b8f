"""A hand-written course page -> an outline -> rows.

The layers, each using only those above it::

    source    bytes -> text, or a refusal that says why
    flow      text -> repaired tree -> lines of words and links
    links     what became of every link
    outline   the plain dataclasses of a course page
    dates, labels, people, materials, galleries, topic, tables, head
              what the parts of a page say
    page      the whole page -> Outline
    loading   Outline -> rows of this app (the only one with a database)
"""
