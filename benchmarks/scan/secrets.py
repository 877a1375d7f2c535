"""Patterns as secret scanners have them, 222 of them, each with a text that it finds.

Two shapes, taken by turns. A *keyword* pattern looks for the name of a provider, up to twenty more characters of
a variable's name, an operator and then a value of known length and alphabet; nothing in it is rare but the name:

    (?i)[\\w.-]{0,50}?(?:acme)(?:[ \\t\\w.-]{0,20})[\\s'"]{0,3}(?:=|>|...)[`'"\\s=]{0,5}([a-z0-9]{32})

A *prefix* pattern begins with the mark that providers put before their keys: `ghp_[A-Za-z0-9]{36}`. Names, marks,
alphabets and lengths are like those of the providers' keys; no value is anybody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, zip_longest

__all__ = ["SECRETS", "Secret"]

_BEFORE = r"(?i)[\w.-]{0,50}?"
_OPERATOR = r"""(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[`'"\s=]{0,5}"""

# Letters stand for alphabets in the tables below.
_ALPHABETS = {
    "h": ("[a-f0-9]", "3f0a9c"),
    "a": ("[a-z0-9]", "q7x2m9"),
    "l": ("[a-z]", "qwzjvk"),
    "d": ("[0-9]", "314159"),
    "w": ("[a-z0-9_-]", "q7_x2-"),
    "b": ("[a-z0-9=_-]", "q7=x2_"),
    "A": ("[A-Za-z0-9]", "Q7x2M9"),
    "U": ("[A-Z0-9]", "Q7X2M9"),
    "W": ("[A-Za-z0-9_-]", "Q7_x2-"),
}

# Provider (alternatives by `|`), alphabet and length of the value.
_KEYWORDS = """
adafruit w32  adobe h32  airtable a17  algolia a32  alibaba a30  amplitude h32  appcues h36  appveyor a20  asana d16
atlassian a24  auth0 W64  beamer b44  bitbucket a32  bitly h40  bittrex a32  branch a32  braintree h32  bugsnag h32
buildkite h40  bitrise W43  cloudflare w40  cloudinary W27  codecov a32  codeclimate h64  cohere a40  coinbase w64
confluent a16  contentful w43  coralogix A32  coveralls A32  crowdin h80  customerio a20  datadog a40  deepgram h40
deepl h32  digitalocean h64  discord h64  disqus A64  docusign h32  doppler a43  drone|droneci a32  dropbox a15
dynatrace a24  elastic W60  etsy a24  eventbrite U20  facebook h32  fastly w32  figma W40  finicity h32  finnhub a20
firebase W39  flickr a32  freshbooks h64  freshdesk A20  freshservice A20  fullstory W60  gemini A18  genius W64
geocodio h39  giphy A32  gitter h40  gitlab w20  gocardless w40  google|maps W39  grafana W40  gravatar a32
groq A52  gumroad W43  harness W22  harvest W97  helpscout a32  heroku h36  honeycomb A22  hubspot h36  hunter h40
infura h32  instatus h32  intercom b60  ipinfo h14  ipstack h32  jenkins h34  jfrog|artifactory a73  jira a24
jotform h32  jumpcloud h40  klaviyo A34  kraken W80  kucoin h24  launchdarkly b40  linear h32  linkedin a14
linode h64  lob a36  logdna h32  loggly h36  looker a20  mailchimp h32  mailgun h32  mailjet h32  mapbox W64
mapquest A32  mattermost a26  messagebird a25  microsoft|teams h32  mistral A32  mixpanel h32  monday W64
moralis A64  netlify b40  newrelic a64  newsapi h32  notion A43  nytimes b32  okta b42  onelogin h64
openweather h32  opsgenie h36  optimizely W54  pagerduty W20  paypal W80  pingdom W64  pinterest h40  pipedrive h40
plaid h30  plivo W40  postman h34  posthog W43  pubnub h36  pushover a30  quickbooks W50  rapidapi W50  raygun A22
recaptcha W40  recurly h32  rollbar h32  salesforce W85  segment W32  sendbird h40  sentry h64  sidekiq h16
snyk h36  sonarqube h40  spotify h32  sumologic A64
"""

# The mark in front, then alphabet and length of the rest.
_PREFIXES = """
ghp_ A36  gho_ A36  ghu_ A36  ghs_ A36  ghr_ A36  github_pat_ W82  glpat- W20  glptt- h40  gldt- W20  glrt- W20
glcbt- W24  glft- W20  glsoat- W20  glagent- W50  AKIA U16  ASIA U16  ABIA U16  LTAI A20  AIza W35  GOCSPX- W28
ya29. W60  xoxb- W48  xoxp- W70  xoxa- W48  xoxr- W48  xapp- W70  sk_live_ A24  sk_test_ A24  rk_live_ A24
pk_live_ A24  whsec_ A32  sk-ant-api03- W93  sk-proj- W48  hf_ A34  r8_ A37  gsk_ A52  pplx- A48  xai- A80  npm_ A36
pypi-AgEI W60  rubygems_ h48  dckr_pat_ W27  oy2 a43  shpat_ h32  shpca_ h32  shppa_ h32  shpss_ h32  dop_v1_ h64
doo_v1_ h64  dor_v1_ h64  dp.pt. A43  dp.st. A43  hvs. W90  hvb. W138  atlasv1. A60  SG. W66  key- h32  xkeysib- h64
EAAC A80  sq0atp- W22  sq0csp- W43  EAAAE W60  lin_api_ A40  secret_ A43  ntn_ A46  figd_ W40  glsa_ A32  glc_ A32
NRAK- U27  NRII- W32  PMAK- h24  pscale_tkn_ W43  pscale_pw_ W43  pul- h40  sntrys_ W80  sntryu_ h64  phc_ A43
phx_ A43  dapi h32  shippo_live_ h40  shippo_test_ h40  EZAK A54  EZTK A54  duffel_live_ W43  FLWSECK_TEST- h32
CFPAT- W43  CLOJARS_ a60  tfp_ A59  sbp_ h40  fio-u- W64  nvapi- W64  AGE-SECRET-KEY-1 U58
"""
_COUNT = 222


@dataclass(frozen=True)
class Secret:
    """A pattern, and a made-up line that it matches."""

    regex: str
    sample: str


def _values(table: str) -> Iterator[tuple[str, str, str]]:
    """Name, regex and sample of the value of each entry of a table."""
    words = table.split()
    for name, form in zip(words[::2], words[1::2], strict=True):
        alphabet, characters = _ALPHABETS[form[0]]
        length = int(form[1:])
        yield name, f"{alphabet}{{{length}}}", (characters * length)[:length]


def _all() -> Iterator[Secret]:
    named = (
        Secret(f"{_BEFORE}(?:{names}){_OPERATOR}({value})", f'{names.split("|")[0]}_token = "{sample}"')
        for names, value, sample in _values(_KEYWORDS)
    )
    marked = (Secret(re.escape(mark) + value, mark + sample) for mark, value, sample in _values(_PREFIXES))
    for pair in zip_longest(named, marked):
        yield from (secret for secret in pair if secret)


SECRETS: tuple[Secret, ...] = tuple(islice(_all(), _COUNT))
