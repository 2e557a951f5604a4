"""`python -m nlp_toolkit_cli`: the program, where its script is not on the path."""

from nlp_toolkit_cli.main import main

if __name__ == "__main__":
    main()
