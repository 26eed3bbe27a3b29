"""Faults made on purpose: what kills, full disks and damaged files leave behind, and what becomes of it.

    python -m tests.faults --kills 100 --seed 13      the real commands, killed at random moments
    python -m tests.faults --only writes damages      every write refused once; every file damaged once

Run from the project's folder. Each kind of fault is a scene: its state before, the command, what must hold afterwards.
"""
