// What a person must hear of. Metrics are the app's own (docs/operations.md); a test compares the names.
param name string
param location string
param tags object
param workspace string
param topicId string
param email string
@description('True where an hourly sweep wakes the app.')
param hasSweep bool

// Poison waits for people; the hourly sweep wakes an app that sleeps, so it is seen within an hour or so.
var rules = [
  {
    name: 'poison'
    says: 'classify-poison is not empty: a message was given up. The reason is in jobs/poison/.'
    severity: 2
    window: 'PT2H'
    query: 'AppMetrics | where Name == "PoisonMessages" | summarize Value = max(Sum) by bin(TimeGenerated, 5m)'
    above: 0
  }
  {
    name: 'age'
    says: 'A message has waited on classify for more than 15 minutes: the app does not keep up, or is down.'
    severity: 2
    window: 'PT15M'
    query: 'AppMetrics | where Name == "OldestMessageAge" | summarize Value = max(Sum) by bin(TimeGenerated, 5m)'
    above: 900
  }
  {
    name: 'refusals'
    says: 'More than 100 images were refused in 15 minutes: the labels have the codes.'
    severity: 3
    window: 'PT15M'
    query: 'AppMetrics | where Name == "ImagesRefused" | summarize Value = sum(Sum)'
    above: 100
  }
  {
    name: 'evictions'
    says: 'More than 10 models a minute leave memory for others: give instances more memory, or pin what matters.'
    severity: 3
    window: 'PT15M'
    query: 'AppMetrics | where Name == "ModelEvictions" and tostring(Properties.reason) == "Room" | summarize Value = sum(Sum) / 15'
    above: 10
  }
  {
    name: 'drift'
    says: 'The answers of a model have drifted: the log names the model and what moved, and mme drift has the figures.'
    severity: 3
    window: 'PT1H'
    query: 'AppMetrics | where Name == "DriftFound" | summarize Value = sum(Sum)'
    above: 0
  }
]

resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: workspace
}

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${name}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'mme'
    emailReceivers: [{ name: 'people', emailAddress: email, useCommonAlertSchema: true }]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: {
    name: 'alert-${name}-${rule.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      description: rule.says
      enabled: true
      severity: rule.severity
      scopes: [logs.id]
      evaluationFrequency: 'PT15M'
      windowSize: rule.window
      autoMitigate: true
      // The table appears with the first metric.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: rule.query
            metricMeasureColumn: 'Value'
            timeAggregation: 'Maximum'
            operator: 'GreaterThan'
            threshold: rule.above
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: [people.id] }
    }
  }
]

// An app that cannot start says nothing: its gauges come at least once an hour, with the sweep.
resource silence 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = if (hasSweep) {
  name: 'alert-${name}-silence'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    description: 'The app has not looked at its queues for three hours: it does not start, or may not read them.'
    enabled: true
    severity: 1
    scopes: [logs.id]
    evaluationFrequency: 'PT1H'
    windowSize: 'PT3H'
    autoMitigate: true
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: 'AppMetrics | where Name == "WaitingMessages"'
          timeAggregation: 'Count'
          operator: 'LessThan'
          threshold: 1
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: { actionGroups: [people.id] }
  }
}

// Event Grid could not put an event on the queue. The sweep labels the drop all the same.
resource deadLetters 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'alert-${name}-dead-letters'
  location: 'global'
  tags: tags
  properties: {
    description: 'Event Grid gave events up: see dead-letters in the storage account, and the identity\'s roles.'
    enabled: true
    severity: 2
    scopes: [topicId]
    evaluationFrequency: 'PT15M'
    windowSize: 'PT1H'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'dead-letters'
          criterionType: 'StaticThresholdCriterion'
          metricNamespace: 'Microsoft.EventGrid/systemTopics'
          metricName: 'DeadLetteredCount'
          operator: 'GreaterThan'
          threshold: 0
          timeAggregation: 'Total'
        }
      ]
    }
    actions: [{ actionGroupId: people.id }]
  }
}
