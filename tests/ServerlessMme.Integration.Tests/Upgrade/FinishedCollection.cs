namespace ServerlessMme.Integration.Tests.Upgrade;

/// <summary>Tests that share one finished account per version.</summary>
[CollectionDefinition(nameof(FinishedCollection))]
public sealed class FinishedCollection : ICollectionFixture<FinishedRecordings>;
