import os

from syncd.engine.doctor import check_folders
from syncd.engine.world import Places


def test_a_folder_of_another_user_is_not_told_to_be_opened_for_its_owner(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    places = Places(os.fsencode(tmp_path), "models/{model_id}/{image_type}")
    assert check_folders(places, None).remedy.endswith(f"chmod u+rx {tmp_path}")
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    told = check_folders(places, None).remedy
    assert ("chmod" in told, f"by the group of {tmp_path}" in told) == (False, True)
