// What is in the resource group, and in which order.
param name string
param location string
param host string
param tags object
param models string[]
param storageSku string
param softDeleteDays int
param dropDays int
param labelDays int
param alwaysReady int
param maxInstances int
param maxReplicas int
param instanceMemoryMB int
param messagesAtOnce int
param requestsAtOnce int
param reconcileSchedule string
param privateNetwork bool
param alertEmail string
param monthlyBudget int
param budgetStart string
param dailyLogGB int
param tracesPerSecond string
param workerImage string
param accountWideRoles bool
param publisherId string

var runsFunctions = host == 'functions'

module identities 'modules/identities.bicep' = {
  name: 'identities'
  params: { name: name, location: location, tags: tags }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  params: {
    name: name
    location: location
    tags: tags
    publisherPrincipalId: identities.outputs.appPrincipalId
    dailyGB: dailyLogGB
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  params: {
    location: location
    tags: tags
    sku: storageSku
    softDeleteDays: softDeleteDays
    dropDays: dropDays
    labelDays: labelDays
    models: models
    forFunctions: runsFunctions
    isPrivate: privateNetwork
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  name: 'network'
  params: { name: name, location: location, tags: tags, storageAccount: storage.outputs.name }
}

module roles 'modules/roles.bicep' = {
  name: 'roles'
  params: {
    storageAccount: storage.outputs.name
    appPrincipalId: identities.outputs.appPrincipalId
    eventsPrincipalId: identities.outputs.eventsPrincipalId
    forFunctions: runsFunctions
    accountWide: accountWideRoles
    publisherId: publisherId
  }
}

module events 'modules/events.bicep' = {
  name: 'events'
  params: {
    name: name
    location: location
    tags: tags
    storageAccount: storage.outputs.name
    identityId: identities.outputs.eventsId
  }
  dependsOn: [roles]
}

module functions 'modules/functions.bicep' = if (runsFunctions) {
  name: 'functions'
  params: {
    name: name
    location: location
    tags: tags
    storageAccount: storage.outputs.name
    identityId: identities.outputs.appId
    clientId: identities.outputs.appClientId
    insights: monitoring.outputs.insights
    tracesPerSecond: tracesPerSecond
    alwaysReady: alwaysReady
    maxInstances: maxInstances
    instanceMemoryMB: instanceMemoryMB
    messagesAtOnce: messagesAtOnce
    requestsAtOnce: requestsAtOnce
    reconcileSchedule: reconcileSchedule
    subnetId: network.?outputs.appSubnetId ?? ''
  }
  dependsOn: [roles]
}

module worker 'modules/worker.bicep' = if (!runsFunctions) {
  name: 'worker'
  params: {
    name: name
    location: location
    tags: tags
    storageAccount: storage.outputs.name
    identityId: identities.outputs.appId
    principalId: identities.outputs.appPrincipalId
    clientId: identities.outputs.appClientId
    insights: monitoring.outputs.insights
    tracesPerSecond: tracesPerSecond
    workspace: monitoring.outputs.workspace
    image: workerImage
    minReplicas: alwaysReady
    maxReplicas: maxReplicas
    messagesAtOnce: messagesAtOnce
    subnetId: network.?outputs.appSubnetId ?? ''
  }
  dependsOn: [roles]
}

module workbook 'modules/workbook.bicep' = {
  name: 'workbook'
  params: { name: name, location: location, tags: tags, workspace: monitoring.outputs.workspace }
}

module alerts 'modules/alerts.bicep' = if (!empty(alertEmail)) {
  name: 'alerts'
  params: {
    name: name
    location: location
    tags: tags
    workspace: monitoring.outputs.workspace
    topicId: events.outputs.topicId
    email: alertEmail
    hasSweep: runsFunctions
  }
}

module budget 'modules/budget.bicep' = if (monthlyBudget > 0 && !empty(alertEmail)) {
  name: 'budget'
  params: { name: name, amount: monthlyBudget, start: budgetStart, email: alertEmail }
}

output storageAccount string = storage.outputs.name
output functionApp string = functions.?outputs.name ?? ''
output registry string = worker.?outputs.registry ?? ''
