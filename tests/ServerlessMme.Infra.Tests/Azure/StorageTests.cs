using ServerlessMme.Core.Models;
using ServerlessMme.Infra.Tests.Support;
using ServerlessMme.Storage;

namespace ServerlessMme.Infra.Tests.Azure;

public sealed class StorageTests(DeploymentFixture fixture)
{
    private const string Account = "Microsoft.Storage/storageAccounts";

    [Fact]
    public void No_key_opens_anything_and_nothing_is_public()
    {
        foreach (var deployment in (Deployment[])[fixture.Dev, fixture.Prod, fixture.Worker])
        {
            var account = deployment.One(Account).Of("properties");
            Assert.False(account.Of("allowSharedKeyAccess").GetBoolean());
            Assert.False(account.Of("allowBlobPublicAccess").GetBoolean());
            Assert.True(account.Of("supportsHttpsTrafficOnly").GetBoolean());
            Assert.Equal("TLS1_2", account.Text("minimumTlsVersion"));
            Assert.All(
                deployment.All(Account + "/blobServices/containers"),
                container => Assert.Equal("None", container.Text("properties.publicAccess")));
            foreach (var key in (string[])["listKeys", "AccountKey", "SharedAccessSignature", "InstrumentationKey"])
            {
                Assert.DoesNotContain(key, deployment.Text, StringComparison.OrdinalIgnoreCase);
            }
        }
    }

    [Fact]
    public void Containers_and_queues_are_called_as_the_code_calls_them()
    {
        var model = ModelName.Parse("cifar10").Value;

        var containers = fixture.Dev.Names(Account + "/blobServices/containers").ToList();
        var queues = fixture.Dev.Names(Account + "/queueServices/queues");

        Assert.Superset(
            new HashSet<string>
            {
                StorageAccount.ModelsContainer, StorageAccount.JobsContainer, model.ImagesContainer,
                model.LabelsContainer,
            },
            containers.ToHashSet());
        Assert.Equal([StorageAccount.ClassifyQueue, StorageAccount.PoisonQueue], queues);
    }

    [Fact]
    public void What_is_deleted_can_be_brought_back()
    {
        var blobs = fixture.Prod.One(Account + "/blobServices").Of("properties");

        Assert.Equal(30, blobs.Of("deleteRetentionPolicy.days").GetInt32());
        Assert.Equal(30, blobs.Of("containerDeleteRetentionPolicy.days").GetInt32());
    }

    [Fact]
    public void Labels_outlive_drops()
    {
        var days = fixture.Dev.One(Account + "/managementPolicies").Of("properties.policy.rules").EnumerateArray()
            .ToDictionary(
                rule => Assert.Single(rule.Texts("definition.filters.prefixMatch")),
                rule => rule.Of("definition.actions.baseBlob.delete.daysAfterModificationGreaterThan").GetInt32());

        Assert.Equal(7, days["images-"]);
        Assert.Equal(30, days["labels-"]);
        Assert.DoesNotContain("models", days.Keys);
    }

    [Fact]
    public void Production_keeps_storage_behind_private_endpoints()
    {
        Assert.Equal("Deny", fixture.Prod.One(Account).Text("properties.networkAcls.defaultAction"));
        Assert.Equal("AzureServices", fixture.Prod.One(Account).Text("properties.networkAcls.bypass"));
        Assert.Equal(
            ["blob", "queue"],
            fixture.Prod.All("Microsoft.Network/privateEndpoints").Select(endpoint => Assert.Single(
                endpoint.Of("properties.privateLinkServiceConnections").EnumerateArray()).Text("name")));
        Assert.EndsWith(
            "/subnets/app", fixture.Prod.One("Microsoft.Web/sites").Text("properties.virtualNetworkSubnetId"),
            StringComparison.Ordinal);
    }
}
