// Storage behind private endpoints, one instance always ready, nothing forgotten before three months.
using 'main.bicep'

param name = readEnvironmentVariable('MME_NAME', 'mme-prod')
param location = readEnvironmentVariable('MME_LOCATION', 'westeurope')
param host = readEnvironmentVariable('MME_HOST', 'functions')
param workerImage = readEnvironmentVariable('MME_WORKER_IMAGE', '')
param alertEmail = readEnvironmentVariable('MME_ALERT_EMAIL', '')
param tags = { app: 'serverless-mme', stage: 'prod' }
param storageSku = 'Standard_ZRS'
param softDeleteDays = 30
param dropDays = 90
param labelDays = 365
param alwaysReady = 1
param maxInstances = 200
param maxReplicas = 200
param instanceMemoryMB = 4096
param privateNetwork = true
param dailyLogGB = 5
param monthlyBudget = 500
