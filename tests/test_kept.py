"""The store of kept results: what was put comes back, and only that."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.kept import open_kept

KEYS = st.integers(0, 1500).map(str)


def test_what_is_kept_of_many_keys_comes_back(tmp_path):
    with open_kept(tmp_path) as kept:
        for number in range(1200):
            kept.put("tag", str(number), f"of {number}".encode())
        kept.put("map", "1300", b"of another stage")

        @given(st.lists(KEYS, unique=True))
        def check(keys):
            expected = {key: f"of {key}".encode() for key in keys if int(key) < 1200}
            assert dict(kept.get_many("tag", keys)) == expected

        check()
        assert len(dict(kept.get_many("tag", map(str, range(1500))))) == 1200
