// The account, with what the app expects in it. Names are the storage contract's (docs/contracts.md).
param location string
param tags object
param sku string
param softDeleteDays int
param dropDays int
param labelDays int
param models string[]
param forFunctions bool
param isPrivate bool

// The host's own, where the app runs on Functions: its leases and keys, and the package that it runs.
var hostContainers = forFunctions ? ['azure-webjobs-hosts', 'azure-webjobs-secrets', 'deployments'] : []
var appContainers = ['models', 'jobs', 'dead-letters']
var modelContainers = flatten(map(models, model => ['images-${model}', 'labels-${model}']))

// A sweep makes a label that is gone anew while its drop is there: labels outlive drops.
var keptLabelDays = labelDays == 0 ? 0 : dropDays == 0 ? 0 : max(labelDays, dropDays)
var deletions = filter(
  [
    { name: 'drops', prefix: 'images-', days: dropDays }
    { name: 'labels', prefix: 'labels-', days: keptLabelDays }
    { name: 'dead-letters', prefix: 'dead-letters/', days: 90 }
  ],
  rule => rule.days > 0
)

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: 'mme${uniqueString(resourceGroup().id)}'
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    accessTier: 'Hot'
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowedCopyScope: 'AAD'
    defaultToOAuthAuthentication: true
    isLocalUserEnabled: false
    isSftpEnabled: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: 'Enabled'
    // Event Grid reaches a closed account as a trusted service, with its identity.
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: isPrivate ? 'Deny' : 'Allow'
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: { enabled: true, days: softDeleteDays }
    containerDeleteRetentionPolicy: { enabled: true, days: softDeleteDays }
  }
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = [
  for container in concat(appContainers, hostContainers, modelContainers): {
    parent: blobs
    name: container
    properties: { publicAccess: 'None' }
  }
]

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2024-01-01' = {
  parent: account
  name: 'default'
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices/queues@2024-01-01' = [
  for queue in ['classify', 'classify-poison']: {
    parent: queueService
    name: queue
  }
]

resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2024-01-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        for rule in deletions: {
          name: rule.name
          type: 'Lifecycle'
          enabled: true
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: [rule.prefix] }
            actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: rule.days } } }
          }
        }
      ]
    }
  }
}

output name string = account.name
