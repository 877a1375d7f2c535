"""The formats of credentials, as their providers describe them: what `benchmarks.quality.secrets` generates.

Written apart from the patterns of `std.secrets`: prefixes, alphabets and lengths only. `{hex:32}` stands for 32 random
characters of an alphabet; a `¦` is taken out, so that scanners do not take this file for a leak. A key without a prefix
has the name of the variable under which its provider's documentation keeps it; it is generated beside that name.

Example: `Format("vultr", "{UPPER:36}", "VULTR_API_KEY")`.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from random import Random

__all__ = ["FORMATS", "Format", "fill"]

ALPHABETS = {
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "digits": string.digits,
    "lower": string.ascii_lowercase + string.digits,
    "UPPER": string.ascii_uppercase + string.digits,
    "letters": string.ascii_letters,
    "alnum": string.ascii_letters + string.digits,
    "url": string.ascii_letters + string.digits + "-_",
    "base64": string.ascii_letters + string.digits + "+/",
    "base32": string.ascii_lowercase + "234567",
}


@dataclass(frozen=True)
class Format:
    """
    provider: who gives the key.
    shape: literal text and runs; `{uuid}` is a random UUID.
    variable: the name it needs beside it; empty if its prefix is enough.
    """

    provider: str
    shape: str
    variable: str = ""


def fill(shape: str, rng: Random) -> str:
    """A random key of a shape."""
    parts = shape.replace("¦", "").replace("{uuid}", "{hex:8}-{hex:4}-4{hex:3}-a{hex:3}-{hex:12}").split("{")
    key = parts[0]
    for part in parts[1:]:
        run, _, literal = part.partition("}")
        alphabet, _, length = run.partition(":")
        key += "".join(rng.choices(ALPHABETS[alphabet], k=int(length))) + literal
    return key


PREFIXED = """
1password ops_¦eyJ{alnum:260}
1password-key A3¦-{UPPER:6}-{UPPER:6}-{UPPER:5}-{UPPER:5}-{UPPER:5}-{UPPER:5}
adafruit aio¦_{alnum:28}
adobe p8e¦-{url:32}
age AGE-¦SECRET-KEY-1QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3JN54KHCE
airtable pat¦{alnum:14}.{hex:64}
aiven AVNS¦_{alnum:19}
alibaba LTAI¦5t{alnum:18}
anthropic sk-¦ant-api03-{url:93}AA
apify apify_¦api_{alnum:36}
artifactory AKCp¦{alnum:69}
asana 2/¦{digits:16}/{digits:16}:{hex:32}
atlassian ATATT3¦xFfGF0{url:171}={HEX:8}
aws-id AKIA¦{UPPER:16}
aws-bedrock ABSK¦{base64:128}=
azure-entra {alnum:3}8Q~¦{alnum:34}
azure-storage AccountKey=¦{base64:86}==
azure-identifiable {alnum:52}JQQJ99¦{alnum:26}
bitbucket ATBB¦{alnum:32}
bitwarden 0.¦{uuid}.{alnum:30}:{base64:22}==
braintree access_token$¦production${lower:16}${hex:32}
brevo xkeysib-¦{hex:64}-{alnum:16}
buildkite bkua¦_{hex:40}
cerebras csk-¦{lower:48}
circleci CCIPAT_¦{alnum:22}_{hex:40}
clickhouse 4b1d¦{alnum:38}
clickup pk_¦{digits:8}_{UPPER:32}
clojars CLOJARS_¦{hex:60}
cloudflare cfut_¦{alnum:40}{hex:8}
cloudflare-origin v1.0-¦{hex:24}-{hex:146}
cockroach CCDB1_¦{alnum:22}_{alnum:40}
configcat configcat-sdk-1/¦{url:22}/{url:22}
contentful CFPAT-¦{url:43}
crates.io cio¦{alnum:32}
databricks dapi¦{hex:32}
datastax AstraCS:¦{letters:24}:{hex:64}
dbt dbtu_¦{url:54}
digitalocean dop_v1_¦{hex:64}
discord M¦{alnum:23}.{url:6}.{url:38}
discord-webhook discord.com/api/webhooks/¦{digits:18}/{url:68}
docker dckr_pat_¦{url:27}
doppler dp.pt.¦{alnum:43}
duffel duffel_live_¦{url:43}
dynatrace dt0c01.¦{UPPER:24}.{UPPER:64}
easypost EZAK¦{alnum:54}
elevenlabs sk_¦{hex:48}
figma figd_¦{url:40}
firecrawl fc-¦{hex:32}
fireworks fw_¦{alnum:24}
flutterwave FLWSECK-¦{hex:32}-X
fly fo1_¦{url:43}
frame.io fio-u-¦{url:64}
github ghp_¦{alnum:36}
github-fine-grained github_pat_¦{alnum:22}_{alnum:59}
gitlab glpat-¦{url:20}
gitlab-runner GR1348941¦{url:20}
google-api AIza¦{url:35}
google-oauth-secret GOCSPX-¦{url:28}
google-oauth-token ya29.¦{url:140}
grafana glsa_¦{alnum:32}_{hex:8}
groq gsk_¦{alnum:52}
harness pat.¦{alnum:22}.{hex:24}.{alnum:20}
heroku HRKU-AA¦{url:58}
honeycomb hcaik_¦{lower:58}
hubspot pat-na1-¦{uuid}
huggingface hf_¦{letters:34}
infracost ico-¦{alnum:32}
intercom dG9rO¦{base64:54}=
jina jina_¦{hex:32}{alnum:28}
klaviyo pk_¦{hex:34}
langfuse sk-lf-¦{uuid}
langsmith lsv2_pt_¦{hex:32}_{hex:10}
launchdarkly sdk-¦{uuid}
linear lin_api_¦{alnum:40}
linkedin WPL_AP1.¦{alnum:16}.{alnum:6}==
lob live_¦{hex:35}
mailchimp {hex:32}¦-us14
mailersend mlsn.¦{hex:64}
mailgun key-¦{hex:32}
mapbox sk.eyJ1Ijoi¦{url:70}.{url:22}
maxmind {alnum:6}_{alnum:29}¦_mmk
mercadopago APP_USR-¦{digits:16}-{digits:6}-{hex:32}-{digits:9}
mongodb-atlas mdb_sa_sk_¦{url:40}
neon napi_¦{lower:64}
netlify nfp_¦{alnum:36}
new-relic NRAK-¦{UPPER:27}
notion ntn_¦{digits:11}{alnum:35}
npm npm_¦{alnum:36}
nuget oy2¦{lower:43}
nvidia nvapi-¦{url:64}
octopus API-¦{UPPER:26}
onesignal os_v2_app_¦{base32:103}
openai sk-proj-¦{url:74}T3BlbkFJ{url:74}
openai-legacy sk-¦{alnum:20}T3BlbkFJ{alnum:20}
openrouter sk-or-v1-¦{hex:64}
openshift sha256~¦{url:43}
paddle pdl_live_apikey_¦{lower:26}_{alnum:22}_{alnum:3}
perplexity pplx-¦{alnum:48}
pinecone pcsk_¦{alnum:6}_{alnum:63}
plaid-token access-production-¦{uuid}
planetscale pscale_tkn_¦{url:43}
polar polar_oat_¦{alnum:43}
posthog phx_¦{alnum:43}
postman PMAK-¦{hex:24}-{hex:34}
prefect pnu_¦{alnum:36}
pubnub sec-c-¦{alnum:48}
pulumi pul-¦{hex:40}
pypi pypi-AgEIcHlwaS5vcmc¦{url:150}
rapidapi {hex:10}msh¦{hex:15}p1{hex:6}jsn{hex:12}
razorpay rzp_live_¦{alnum:14}
readme rdme_¦{lower:70}
render rnd_¦{alnum:28}
replicate r8_¦{alnum:37}
resend re_¦{alnum:8}_{alnum:24}
rootly rootly_¦{hex:64}
rubygems rubygems_¦{hex:48}
runpod rpa_¦{UPPER:46}
salesforce 00D¦{alnum:12}!{alnum:96}
sendgrid SG.¦{url:22}.{url:43}
sentry sntryu_¦{hex:64}
shippo shippo_live_¦{hex:40}
shopify shpat_¦{hex:32}
slack-bot xoxb-¦{digits:12}-{digits:12}-{alnum:24}
slack-app xapp-1-¦A{UPPER:10}-{digits:13}-{hex:64}
slack-webhook hooks.slack.com/services/¦T{UPPER:8}/B{UPPER:8}/{alnum:24}
snyk snyk_uat.¦{hex:8}.{alnum:60}
sonar squ_¦{hex:40}
sourcegraph sgp_¦{hex:16}_{hex:40}
square EAAA¦{url:60}
statsig secret-¦{alnum:43}
stripe sk_live_¦{alnum:24}
stripe-long sk_live_51¦{alnum:97}
stripe-webhook whsec_¦{alnum:32}
supabase sbp_¦{hex:40}
tailscale tskey-auth-¦{alnum:12}CNTRL-{alnum:32}
tavily tvly-¦{alnum:32}
telegram {digits:10}:AA¦{url:33}
telnyx KEY¦{HEX:32}_{alnum:22}
tencent AKID¦{alnum:32}
terraform {alnum:14}.atlasv1.¦{alnum:67}
together tgp_v1_¦{url:43}
trello ATTA¦{hex:72}
twilio-key SK¦{hex:32}
typeform tfp_¦{alnum:44}_{alnum:14}
uptimerobot u¦{digits:7}-{hex:24}
vault hvs.¦{url:95}
vercel vcp_¦{alnum:56}
voyage pa-¦{url:43}
woocommerce ck_¦{hex:40}
xai xai-¦{alnum:80}
xendit xnd_production_¦{alnum:60}
zapier hooks.zapier.com/hooks/catch/¦{digits:7}/{lower:7}/
zoho 1000.¦{hex:32}.{hex:32}
"""

NAMED = """
ably ABLY_API_KEY {alnum:6}.{alnum:6}:{url:43}
abuseipdb ABUSEIPDB_API_KEY {hex:80}
airtable-legacy AIRTABLE_API_KEY key{alnum:14}
alchemy ALCHEMY_API_KEY {url:32}
algolia ALGOLIA_ADMIN_API_KEY {hex:32}
amplitude AMPLITUDE_API_KEY {hex:32}
assemblyai ASSEMBLYAI_API_KEY {hex:32}
auth0 AUTH0_CLIENT_SECRET {url:64}
aws-secret AWS_SECRET_ACCESS_KEY {base64:40}
aws-session AWS_SESSION_TOKEN IQoJb3JpZ2luX2Vj{base64:240}
azure-devops AZURE_DEVOPS_EXT_PAT {base32:52}
azure-openai AZURE_OPENAI_API_KEY {hex:32}
bitbucket-secret BITBUCKET_CLIENT_SECRET {alnum:32}
braintree-key BRAINTREE_PRIVATE_KEY {hex:32}
bugsnag BUGSNAG_API_KEY {hex:32}
circleci-legacy CIRCLECI_TOKEN {hex:40}
cloudflare-global CLOUDFLARE_API_KEY {hex:37}
cloudflare-token CLOUDFLARE_API_TOKEN {url:40}
cloudinary CLOUDINARY_API_SECRET {url:27}
codecov CODECOV_TOKEN {uuid}
cohere COHERE_API_KEY {alnum:40}
consul CONSUL_HTTP_TOKEN {uuid}
datadog DD_API_KEY {hex:32}
datadog-app DATADOG_APP_KEY {hex:40}
deepgram DEEPGRAM_API_KEY {hex:40}
discord-secret DISCORD_CLIENT_SECRET {url:32}
drone DRONE_TOKEN {alnum:32}
etherscan ETHERSCAN_API_KEY {UPPER:34}
facebook FACEBOOK_APP_SECRET {hex:32}
fastly FASTLY_API_TOKEN {url:32}
freshdesk FRESHDESK_API_KEY {alnum:20}
giphy GIPHY_API_KEY {alnum:32}
gitea GITEA_TOKEN {hex:40}
hasura HASURA_GRAPHQL_ADMIN_SECRET {alnum:64}
heroku-legacy HEROKU_API_KEY {uuid}
hetzner HCLOUD_TOKEN {alnum:64}
honeycomb-legacy HONEYCOMB_API_KEY {hex:32}
hunter HUNTER_API_KEY {hex:40}
ibm IBMCLOUD_API_KEY {url:44}
infura INFURA_API_KEY {hex:32}
ipinfo IPINFO_TOKEN {hex:14}
jenkins JENKINS_API_TOKEN 11{hex:32}
jira JIRA_API_TOKEN {alnum:24}
line LINE_CHANNEL_SECRET {hex:32}
linode LINODE_TOKEN {hex:64}
logdna LOGDNA_INGESTION_KEY {hex:32}
mailjet MAILJET_SECRET_KEY {hex:32}
mattermost MATTERMOST_TOKEN {lower:26}
mistral MISTRAL_API_KEY {alnum:32}
mixpanel MIXPANEL_API_SECRET {hex:32}
mux MUX_TOKEN_SECRET {base64:75}
newsapi NEWSAPI_KEY {hex:32}
okta OKTA_API_TOKEN 00{url:40}
openweather OPENWEATHER_API_KEY {hex:32}
opsgenie OPSGENIE_API_KEY {uuid}
pagerduty PAGERDUTY_TOKEN u+{alnum:18}
paypal PAYPAL_CLIENT_SECRET E{url:79}
pipedrive PIPEDRIVE_API_TOKEN {hex:40}
plaid PLAID_SECRET {hex:30}
postmark POSTMARK_SERVER_TOKEN {uuid}
pusher PUSHER_APP_SECRET {hex:20}
reddit REDDIT_CLIENT_SECRET {url:30}
rollbar ROLLBAR_ACCESS_TOKEN {hex:32}
sanity SANITY_API_TOKEN sk{alnum:79}
scaleway SCW_SECRET_KEY {uuid}
semgrep SEMGREP_APP_TOKEN {hex:64}
serpapi SERPAPI_API_KEY {hex:64}
shodan SHODAN_API_KEY {alnum:32}
snyk-legacy SNYK_TOKEN {uuid}
spotify SPOTIFY_CLIENT_SECRET {hex:32}
sumologic SUMO_ACCESS_KEY {alnum:64}
todoist TODOIST_API_TOKEN {hex:40}
trello-key TRELLO_API_KEY {hex:32}
twilio TWILIO_AUTH_TOKEN {hex:32}
twitch TWITCH_CLIENT_SECRET {lower:30}
twitter TWITTER_API_SECRET {alnum:50}
upstash UPSTASH_REDIS_REST_TOKEN A{alnum:55}=
virustotal VIRUSTOTAL_API_KEY {hex:64}
vonage VONAGE_API_SECRET {alnum:16}
vultr VULTR_API_KEY {UPPER:36}
wandb WANDB_API_KEY {hex:40}
zendesk ZENDESK_API_TOKEN {alnum:40}
zoom ZOOM_CLIENT_SECRET {alnum:32}
password DB_PASSWORD {letters:5}{digits:3}{letters:4}
generic API_KEY {alnum:32}
"""

FORMATS = (
    *(Format(*line.split(" ", 1)) for line in PREFIXED.strip().splitlines()),
    *(Format(line.split()[0], line.split()[2], line.split()[1]) for line in NAMED.strip().splitlines()),
)
