// Small, open to the internet by sign-in only, and forgets what it was given.
using 'main.bicep'

param name = readEnvironmentVariable('MME_NAME', 'mme-dev')
param location = readEnvironmentVariable('MME_LOCATION', 'westeurope')
param host = readEnvironmentVariable('MME_HOST', 'functions')
param workerImage = readEnvironmentVariable('MME_WORKER_IMAGE', '')
param alertEmail = readEnvironmentVariable('MME_ALERT_EMAIL', '')
param tags = { app: 'serverless-mme', stage: 'dev' }
param models = ['cifar10', 'sign-language-digits']
param dropDays = 7
param labelDays = 30
param maxInstances = 40
param monthlyBudget = 20
