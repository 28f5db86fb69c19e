// From an empty subscription to all that the app needs, in one resource group: see ../README.md.
targetScope = 'subscription'

@description('Name of everything: resource group rg-{name}, and so on.')
@minLength(3)
@maxLength(30)
param name string

@description('Region. It must have Flex Consumption: az functionapp list-flexconsumption-locations.')
param location string

@description('What runs the app: the Functions app on Flex Consumption, or mme worker in Container Apps.')
@allowed(['functions', 'containerapp'])
param host string = 'functions'

@description('Tags of every resource.')
param tags object = {}

@description('Models whose containers are made now. Others are made by mme models push.')
param models string[] = []

@description('Redundancy of the storage account.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param storageSku string = 'Standard_LRS'

@description('Days that deleted blobs and containers can be brought back.')
@minValue(1)
@maxValue(365)
param softDeleteDays int = 7

@description('Days after which a drop is deleted; 0 keeps drops.')
@minValue(0)
param dropDays int = 0

@description('Days after which a label is deleted; 0 keeps labels. Never fewer than dropDays: see storage.bicep.')
@minValue(0)
param labelDays int = 0

@description('Instances of ClassifyQueued that wait for messages and are paid for all the time. 0: none.')
@minValue(0)
param alwaysReady int = 0

@description('Most instances of the Functions app at once. Flex Consumption refuses fewer than 40 in many regions.')
@minValue(40)
@maxValue(1000)
param maxInstances int = 40

@description('Most workers at the same time, for host = containerapp.')
@minValue(1)
@maxValue(1000)
param maxReplicas int = 40

@description('Memory of an instance in MB.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Messages that one instance takes at once (queues.batchSize of host.json). Default: by its memory.')
@minValue(1)
@maxValue(32)
param messagesAtOnce int = instanceMemoryMB == 512 ? 4 : instanceMemoryMB == 2048 ? 16 : 32

@description('HTTP requests that one instance answers at once.')
@minValue(1)
@maxValue(1000)
param requestsAtOnce int = 16

@description('When all models are swept for what has no current label (NCRONTAB).')
param reconcileSchedule string = '0 0 * * * *'

@description('True puts storage behind private endpoints and the app into a virtual network.')
param privateNetwork bool = false

@description('Who hears of alerts and of the budget; empty: nobody, and there are neither action group nor budget.')
param alertEmail string = ''

@description('Monthly budget of the resource group in the currency of the subscription; 0: none.')
@minValue(0)
param monthlyBudget int = 0

@description('When the budget begins: the first day of this month, or of a coming one.')
param budgetStart string = utcNow('yyyy-MM-01')

@description('GB of logs and metrics a day, after which none are taken in and alerts are blind; -1: no end.')
param dailyLogGB int = 1

@description('Traces a second that each instance sends, as a decimal. How much that is: docs/operations.md, Traces.')
param tracesPerSecond string = '0.01'

@description('Image of mme worker with its tag, for host = containerapp; empty: everything but the worker itself.')
param workerImage string = ''

@description('True gives the identity the two roles on the whole account that Functions documents: see roles.bicep.')
param accountWideRoles bool = false

@description('Object id of who may publish models and drop images; empty: nobody but those whom you give the roles.')
param publisherId string = ''

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${name}'
  location: location
  tags: tags
}

module app 'app.bicep' = {
  scope: group
  name: 'app'
  params: {
    name: name
    location: location
    host: host
    tags: tags
    models: models
    storageSku: storageSku
    softDeleteDays: softDeleteDays
    dropDays: dropDays
    labelDays: labelDays
    alwaysReady: alwaysReady
    maxInstances: maxInstances
    maxReplicas: maxReplicas
    instanceMemoryMB: instanceMemoryMB
    messagesAtOnce: messagesAtOnce
    requestsAtOnce: requestsAtOnce
    reconcileSchedule: reconcileSchedule
    privateNetwork: privateNetwork
    alertEmail: alertEmail
    monthlyBudget: monthlyBudget
    budgetStart: budgetStart
    dailyLogGB: dailyLogGB
    tracesPerSecond: tracesPerSecond
    workerImage: workerImage
    accountWideRoles: accountWideRoles
    publisherId: publisherId
  }
}

output resourceGroup string = group.name
// azd looks for the app here.
output AZURE_RESOURCE_GROUP string = group.name
output storageAccount string = app.outputs.storageAccount
output functionApp string = app.outputs.functionApp
output registry string = app.outputs.registry
