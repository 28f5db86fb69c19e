using System.Text.Json;
using ServerlessMme.Core.Models;
using ServerlessMme.Infra.Tests.Support;

namespace ServerlessMme.Infra.Tests.Azure;

public sealed class RoleTests(DeploymentFixture fixture)
{
    private const string Assignments = "Microsoft.Authorization/roleAssignments";

    private static readonly Dictionary<string, string> Roles = new()
    {
        ["b7e6dc6d-f1e8-4753-8033-0f276bb0955b"] = "Storage Blob Data Owner",
        ["ba92f5b4-2d11-453d-a403-e96b0029c9fe"] = "Storage Blob Data Contributor",
        ["2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"] = "Storage Blob Data Reader",
        ["974c5e8b-45b9-4653-ba55-5f855dd0fb88"] = "Storage Queue Data Contributor",
        ["c6a89b2d-59bc-44d0-9896-0f6e12d7b80a"] = "Storage Queue Data Message Sender",
        ["3913510d-42f4-4e42-8a64-420c390055eb"] = "Monitoring Metrics Publisher",
        ["7f951dda-4ed3-4680-a7ca-43fe172d538d"] = "AcrPull",
    };

    [Fact]
    public void Each_identity_has_the_roles_that_it_needs_and_no_other()
    {
        Assert.Equal(
            [
                "app: Monitoring Metrics Publisher on components",
                "app: Storage Blob Data Contributor on deployments",
                "app: Storage Blob Data Contributor on jobs",
                "app: Storage Blob Data Owner on azure-webjobs-hosts",
                "app: Storage Blob Data Owner on azure-webjobs-secrets",
                "app: Storage Blob Data Reader on models",
                "app: Storage Queue Data Contributor on classify",
                "app: Storage Queue Data Contributor on classify-poison",
                "app: labeller on storageAccounts",
                "events: Storage Blob Data Contributor on dead-letters",
                "events: Storage Queue Data Message Sender on classify",
            ],
            Given(fixture.Dev));
        Assert.Equal(Given(fixture.Dev), Given(fixture.Prod));
    }

    [Fact]
    public void A_worker_needs_nothing_of_the_Functions_host()
    {
        var worker = Given(fixture.Worker);

        Assert.Contains("app: AcrPull on registries", worker);
        Assert.DoesNotContain(worker, role => role.Contains("webjobs", StringComparison.Ordinal)
            || role.Contains("deployments", StringComparison.Ordinal));
    }

    [Fact]
    public void What_holds_for_the_account_reads_drops_and_labels_writes_labels_and_deletes_nothing()
    {
        var role = Assert.Single(fixture.Dev.One("Microsoft.Authorization/roleDefinitions")
            .Of("properties.permissions").EnumerateArray());
        var onAccount = Assert.Single(fixture.Dev.All(Assignments), IsLabeler).Of("properties");
        var model = ModelName.Parse("a").Value;
        var images = model.ImagesContainer[..^1];
        var labels = model.LabelsContainer[..^1];

        Assert.DoesNotContain(role.Texts("actions").Concat(role.Texts("dataActions")), action =>
            action.Contains("delete", StringComparison.Ordinal) || action.Contains('*', StringComparison.Ordinal));
        Assert.Equal("2.0", onAccount.Text("conditionVersion"));
        const string blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";
        const string name = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name]";
        Assert.Equal(
            $"((!(ActionMatches{{'{blobs}/read'}})) "
            + $"OR ({name} StringStartsWith '{images}' OR {name} StringStartsWith '{labels}')) "
            + $"AND ((!(ActionMatches{{'{blobs}/write'}}) AND !(ActionMatches{{'{blobs}/add/action'}})) "
            + $"OR ({name} StringStartsWith '{labels}'))",
            onAccount.Text("condition"));
        // Every action on blobs that the role gives is one that the condition narrows down.
        Assert.All(role.Texts("dataActions"), action =>
            Assert.Contains($"ActionMatches{{'{action}'}}", onAccount.Text("condition"), StringComparison.Ordinal));
    }

    private static List<string> Given(Deployment deployment) =>
        [.. deployment.All(Assignments).Select(Describe).Order(StringComparer.Ordinal)];

    private static string Describe(JsonElement assignment)
    {
        var who = assignment.Text("properties.principalId").Contains("-events'", StringComparison.Ordinal)
            ? "events"
            : "app";
        var role = assignment.Text("properties.roleDefinitionId").Split('/')[^1];
        // The name is made of the scope: [guid('/subscriptions/…/containers/models', …)].
        var scope = assignment.Text("name").Split('\'')[1].Split('/');
        var on = scope[^2] is "storageAccounts" or "components" or "registries" ? scope[^2] : scope[^1];
        return $"{who}: {(IsLabeler(assignment) ? "labeller" : Roles[role])} on {on}";
    }

    private static bool IsLabeler(JsonElement assignment) =>
        assignment.Of("properties").TryGetProperty("condition", out _);
}
