// The app at a glance: queue, labels, refusals, models and memory. Metrics are the app's own; a test compares the names.
param name string
param location string
param tags object
param workspace string

resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: workspace
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  // The service takes nothing but a GUID.
  name: guid(resourceGroup().id, name, 'workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: name
    category: 'workbook'
    sourceId: logs.id
    version: '1.0'
    serializedData: replace(loadTextContent('../workbook.json'), 'WORKSPACE', logs.id)
  }
}
