// mme worker in Container Apps, scaled by KEDA on the length of the queue, down to nothing.
param name string
param location string
param tags object
param storageAccount string
param identityId string
param principalId string
param clientId string
param insights string
param tracesPerSecond string
param workspace string
param image string
param minReplicas int
param maxReplicas int
param messagesAtOnce int
param subnetId string

var acrPull = '7f951dda-4ed3-4680-a7ca-43fe172d538d'

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageAccount
}

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insights
}

resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: workspace
}

resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' = {
  name: 'mme${uniqueString(resourceGroup().id)}'
  location: location
  tags: tags
  sku: { name: 'Basic' }
  properties: { adminUserEnabled: false }
}

resource pull 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(registry.id, principalId, acrPull)
  scope: registry
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', acrPull)
  }
}

resource environment 'Microsoft.App/managedEnvironments@2025-01-01' = {
  name: 'cae-${name}'
  location: location
  tags: tags
  properties: {
    appLogsConfiguration: { destination: 'azure-monitor' }
    vnetConfiguration: empty(subnetId) ? null : { infrastructureSubnetId: subnetId }
    workloadProfiles: [{ name: 'Consumption', workloadProfileType: 'Consumption' }]
  }
}

resource environmentLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'logs'
  scope: environment
  properties: {
    workspaceId: logs.id
    logs: [{ category: 'ContainerAppConsoleLogs', enabled: true }]
  }
}

resource worker 'Microsoft.App/containerApps@2025-01-01' = if (!empty(image)) {
  name: name
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    environmentId: environment.id
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single'
      registries: [{ server: registry.properties.loginServer, identity: identityId }]
    }
    template: {
      // A worker gives its messages back within this, and Container Apps waits for it.
      terminationGracePeriodSeconds: 60
      containers: [
        {
          name: 'worker'
          image: image
          args: ['worker']
          resources: { cpu: json('1.0'), memory: '2Gi' }
          env: [
            { name: 'Mme__Storage__BlobServiceUri', value: account.properties.primaryEndpoints.blob }
            { name: 'Mme__Storage__QueueServiceUri', value: account.properties.primaryEndpoints.queue }
            { name: 'Mme__Reconcile__Interval', value: '01:00:00' }
            { name: 'Mme__Artifacts__Folder', value: '/tmp/serverless-mme' }
            { name: 'Mme__Artifacts__MaxFolderBytes', value: '1073741824' }
            { name: 'Mme__Onnx__StoreMaxBytes', value: '1073741824' }
            { name: 'AZURE_CLIENT_ID', value: clientId }
            { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', value: component.properties.ConnectionString }
            { name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING', value: 'ClientId=${clientId};Authorization=AAD' }
            // Beyond the workspace's daily cap its alerts are blind.
            { name: 'OTEL_TRACES_SAMPLER', value: 'microsoft.rate_limited' }
            { name: 'OTEL_TRACES_SAMPLER_ARG', value: tracesPerSecond }
            { name: 'Logging__OpenTelemetry__LogLevel__Default', value: 'Warning' }
          ]
          volumeMounts: [{ volumeName: 'scratch', mountPath: '/tmp' }]
        }
      ]
      volumes: [{ name: 'scratch', storageType: 'EmptyDir' }]
      scale: {
        minReplicas: minReplicas
        maxReplicas: maxReplicas
        rules: [
          {
            name: 'classify'
            azureQueue: {
              accountName: account.name
              queueName: 'classify'
              queueLength: messagesAtOnce
              identity: identityId
            }
          }
        ]
      }
    }
  }
  dependsOn: [pull]
}

output registry string = registry.name
