// What azd up deploys. azd sets AZURE_…; MME_… is yours to set with azd env set.
using 'main.bicep'

param name = readEnvironmentVariable('AZURE_ENV_NAME')
param location = readEnvironmentVariable('AZURE_LOCATION')
param publisherId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param alertEmail = readEnvironmentVariable('MME_ALERT_EMAIL', '')
param tags = { app: 'serverless-mme', 'azd-env-name': readEnvironmentVariable('AZURE_ENV_NAME') }
param privateNetwork = bool(readEnvironmentVariable('MME_PRIVATE_NETWORK', 'false'))
param models = ['cifar10', 'sign-language-digits']
param monthlyBudget = 20
