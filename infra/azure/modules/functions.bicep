// The app on Flex Consumption: nothing runs while nothing is dropped.
param name string
param location string
param tags object
param storageAccount string
param identityId string
param clientId string
param insights string
param tracesPerSecond string
param alwaysReady int
param maxInstances int
param instanceMemoryMB int
param messagesAtOnce int
param requestsAtOnce int
param reconcileSchedule string
param subnetId string

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageAccount
}

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insights
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: { reserved: true }
}

var settings = {
  AzureWebJobsStorage__accountName: account.name
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: clientId
  AZURE_CLIENT_ID: clientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: component.properties.ConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${clientId};Authorization=AAD'
  // For host and app alike. Beyond the workspace's daily cap its alerts are blind.
  OTEL_TRACES_SAMPLER: 'microsoft.rate_limited'
  OTEL_TRACES_SAMPLER_ARG: tracesPerSecond
  Logging__OpenTelemetry__LogLevel__Default: 'Warning'
  // The default is a folder of the user's, which is no local disk on every plan; what is there goes with the instance.
  Mme__Artifacts__Folder: '/tmp/serverless-mme'
  Mme__Artifacts__MaxFolderBytes: '536870912'
  Mme__Onnx__StoreMaxBytes: '536870912'
  // The Functions host shares the instance's memory.
  Mme__Memory__LimitBytes: string((instanceMemoryMB - 128) * 1048576)
  Mme__Triggers__ReconcileSchedule: reconcileSchedule
  AzureFunctionsJobHost__extensions__queues__batchSize: string(messagesAtOnce)
  AzureFunctionsJobHost__extensions__queues__newBatchThreshold: string(messagesAtOnce / 2)
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  // Its name is a host name, which nobody else may have.
  name: '${name}-${uniqueString(resourceGroup().id)}'
  location: location
  // azd publishes the service of this name in azure.yaml to it.
  tags: union(tags, { 'azd-service-name': 'functions' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      minTlsVersion: '1.2'
      appSettings: map(items(settings), setting => { name: setting.key, value: setting.value })
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${account.properties.primaryEndpoints.blob}deployments'
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
        }
      }
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      scaleAndConcurrency: {
        maximumInstanceCount: maxInstances
        instanceMemoryMB: instanceMemoryMB
        alwaysReady: alwaysReady > 0 ? [{ name: 'function:ClassifyQueued', instanceCount: alwaysReady }] : []
        triggers: { http: { perInstanceConcurrency: requestsAtOnce } }
      }
    }
  }

  // Publishing takes a person's or a pipeline's own sign-in, not a password of the app's.
  resource noFtpPassword 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource noScmPassword 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

output name string = app.name
