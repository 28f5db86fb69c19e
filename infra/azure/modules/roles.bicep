// Who may do what in storage. The app reads drops and models and writes labels; it can neither publish a model nor
// delete a drop, nor touch a container that is not named here.
param storageAccount string
param appPrincipalId string
param eventsPrincipalId string
param forFunctions bool
param accountWide bool
param publisherId string

var blobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
var blobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
var blobDataReader = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
var queueDataContributor = '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
var queueDataMessageSender = 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a'

var containersOf = 'Microsoft.Storage/storageAccounts/blobServices/containers'
var containerName = '@Resource[${containersOf}:name]'

// Reading and listing: drops and labels only. Writing: labels only. Names that begin so need no new assignment when a
// model is added. Listing and creating containers cannot be narrowed down by a condition; deleting is not in the role.
var labellerCondition = join(
  [
    '((!(ActionMatches{\'${containersOf}/blobs/read\'}))'
    'OR (${containerName} StringStartsWith \'images-\' OR ${containerName} StringStartsWith \'labels-\'))'
    'AND ((!(ActionMatches{\'${containersOf}/blobs/write\'}) AND !(ActionMatches{\'${containersOf}/blobs/add/action\'}))'
    'OR (${containerName} StringStartsWith \'labels-\'))'
  ],
  ' '
)

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageAccount

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource models 'containers' existing = { name: 'models' }
    resource jobs 'containers' existing = { name: 'jobs' }
    resource deadLetters 'containers' existing = { name: 'dead-letters' }
    resource hosts 'containers' existing = { name: 'azure-webjobs-hosts' }
    resource secrets 'containers' existing = { name: 'azure-webjobs-secrets' }
    resource deployments 'containers' existing = { name: 'deployments' }
  }

  resource queueService 'queueServices' existing = {
    name: 'default'

    resource classify 'queues' existing = { name: 'classify' }
    resource poison 'queues' existing = { name: 'classify-poison' }
  }
}

resource labeller 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, 'labeller')
  properties: {
    roleName: 'ServerlessMme labeller ${uniqueString(resourceGroup().id)}'
    description: 'Reads and writes blobs, lists and creates containers; deletes nothing.'
    type: 'CustomRole'
    assignableScopes: [resourceGroup().id]
    permissions: [
      {
        actions: ['${containersOf}/read', '${containersOf}/write']
        notActions: []
        dataActions: ['${containersOf}/blobs/read', '${containersOf}/blobs/write', '${containersOf}/blobs/add/action']
        notDataActions: []
      }
    ]
  }
}

resource appLabels 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, appPrincipalId, 'labeller')
  scope: account
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: labeller.id
    conditionVersion: '2.0'
    condition: labellerCondition
  }
}

resource appModels 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account::blobs::models.id, appPrincipalId, blobDataReader)
  scope: account::blobs::models
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataReader)
  }
}

resource appJobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account::blobs::jobs.id, appPrincipalId, blobDataContributor)
  scope: account::blobs::jobs
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataContributor)
  }
}

// Contributor, not message processor: a message that is worked on is hidden anew, which is an update, and the length
// of the queue is read.
resource appClassify 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account::queueService::classify.id, appPrincipalId, queueDataContributor)
  scope: account::queueService::classify
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', queueDataContributor)
  }
}

resource appPoison 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account::queueService::poison.id, appPrincipalId, queueDataContributor)
  scope: account::queueService::poison
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', queueDataContributor)
  }
}

// The Functions host keeps leases, schedules and keys in containers of its own, and runs the package in a third.
resource hostLeases 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (forFunctions) {
  name: guid(account::blobs::hosts.id, appPrincipalId, blobDataOwner)
  scope: account::blobs::hosts
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataOwner)
  }
}

resource hostSecrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (forFunctions) {
  name: guid(account::blobs::secrets.id, appPrincipalId, blobDataOwner)
  scope: account::blobs::secrets
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataOwner)
  }
}

resource hostPackage 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (forFunctions) {
  name: guid(account::blobs::deployments.id, appPrincipalId, blobDataContributor)
  scope: account::blobs::deployments
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataContributor)
  }
}

// The way out, should a host want more than its containers: what Functions documents for AzureWebJobsStorage.
resource accountWideBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (accountWide) {
  name: guid(account.id, appPrincipalId, blobDataOwner)
  scope: account
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataOwner)
  }
}

resource accountWideQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (accountWide) {
  name: guid(account.id, appPrincipalId, queueDataContributor)
  scope: account
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', queueDataContributor)
  }
}

// Whoever deployed with azd publishes models, drops images and reads labels with their own sign-in.
resource publisherBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(publisherId)) {
  name: guid(account.id, publisherId, blobDataContributor)
  scope: account
  properties: {
    principalId: publisherId
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataContributor)
  }
}

resource publisherQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(publisherId)) {
  name: guid(account.id, publisherId, queueDataContributor)
  scope: account
  properties: {
    principalId: publisherId
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', queueDataContributor)
  }
}

resource eventsClassify 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account::queueService::classify.id, eventsPrincipalId, queueDataMessageSender)
  scope: account::queueService::classify
  properties: {
    principalId: eventsPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', queueDataMessageSender)
  }
}

resource eventsDeadLetters 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account::blobs::deadLetters.id, eventsPrincipalId, blobDataContributor)
  scope: account::blobs::deadLetters
  properties: {
    principalId: eventsPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataContributor)
  }
}
