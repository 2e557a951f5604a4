"""`nlp-toolkit inspect`: a model and a corpus, told apart and described."""

from rich.cells import cell_len


def test_a_model_shows_its_most_telling_features(cli, model):
    shown = cli("inspect", model)
    assert shown.code == 0
    assert shown.out.startswith(f"model       {model} (classification)\nrecipe      count-logreg\n")
    food = cli("inspect", model, "--json").json["features"]["food"]
    assert "soup" in [feature["name"] for feature in food]
    assert "soup +" in shown.out


def test_a_corpus_is_counted(cli, write):
    path = write("reviews.csv", ["text,label", "좋은 영화,1", "좋은 영화,0", "bad <br> film,0", ",1"])
    found = cli("inspect", path, "--json").json
    assert found["rows"] == 4
    assert found["labels"] == {"0": 2, "1": 2}
    assert (found["duplicates"], found["conflicting_duplicates"], found["empty_texts"]) == (1, 2, 1)
    shown = cli("inspect", path).out
    assert "2 rows with a text that also occurs under another label" in shown
    assert "html tags" in shown


def test_a_corpus_without_labels(cli, write):
    path = write("texts.txt", ["하나", "둘"])
    shown = cli("inspect", path)
    assert shown.code == 0
    assert "rows        2\n" in shown.out
    assert "name one with --label-column" in shown.out


def test_stdin(cli, stdin):
    stdin("하나\n둘\n".encode())
    assert cli("inspect", "-", "--json").json["languages"]["ko"] == 2


def test_many_labels_are_cut_and_told(cli, write):
    path = write("many.csv", ["text,label", *(f"text {i},label{i:02}" for i in range(25))])
    shown = cli("inspect", path).out
    assert "... and 5 more labels" in shown
    assert "25 labels with one row only" in shown


def test_korean_columns_line_up(cli, write):
    path = write("라벨.csv", ["text,label", "하나,긍정적인 평가", "둘,bad", "셋,bad"])
    lines = cli("inspect", path).out.splitlines()
    header = next(line for line in lines if line.startswith("label"))
    korean = next(line for line in lines if line.startswith("긍정적인"))
    assert cell_len(korean) == cell_len(header)
    assert len(korean) == len(header) - len("긍정적인평가")


def test_what_is_not_there_is_a_usage_error(cli, tmp_path):
    missed = cli("inspect", tmp_path / "nowhere")
    assert (missed.code, missed.err) == (2, f"error: {tmp_path / 'nowhere'}: no such file or model directory\n")


def test_a_directory_that_is_no_model_is_unusable(cli, tmp_path):
    assert cli("inspect", tmp_path).code == 4


def test_labels_that_look_alike_are_shown_and_counted(cli, write):
    path = write("a.csv", ["text,label", "a,spam", "b,spam ", "c,spam"])
    assert "labels that look alike: 'spam' (2), 'spam ' (1) differ by blanks" in cli("inspect", path).out
    told = cli("inspect", path, "--json").json
    assert told["similar_labels"] == [{"labels": ["spam", "spam "], "counts": [2, 1], "why": "blanks"}]
