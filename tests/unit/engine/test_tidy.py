def statuses(world):
    with world.opened() as store:
        return [str(status.key) for status in store.sets.all()]


def test_a_set_without_folder_and_records_is_forgotten_by_a_pass_over_everything(world):
    world.fill("A")
    world.write("m42/auxiliaryType/B.jpg", "B")
    world.sync()
    world.remove("m42/auxiliaryType/B.jpg")
    world.sync()
    world.folder("m42/auxiliaryType").rmdir()
    world.sync()
    assert statuses(world) == ["m42/auxiliaryType", "m42/modelInput"]
    world.sync(everything=True)
    assert statuses(world) == ["m42/modelInput"]


def test_nothing_is_forgotten_while_anything_halts(world):
    world.fill("A")
    (world.folder("m42/auxiliaryType")).mkdir(parents=True)
    world.sync()
    world.root.rename(world.root.parent / "elsewhere")
    world.sync(everything=True)
    assert statuses(world) == ["m42/auxiliaryType", "m42/modelInput"]
