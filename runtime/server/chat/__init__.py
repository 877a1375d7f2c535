"""Chat completions as OpenAI's API has them, of models behind a guard.

    models.py        which models may be asked for, and how each is called
    asking.py        what a request asks
    forms.py         completions, chunks and errors, as clients of that API read them
    completions.py   the route: calls the model through the guard, whole or as a stream

An unchanged client of OpenAI has `http://HOST/v1/guards/GUARD` as its base URL, and a key of this server as its key.

Invariant: nothing of an answer leaves that the guard has not let through, and no parameter of a request says where a
model is or which key is sent there.

Source: https://platform.openai.com/docs/api-reference/chat
"""
