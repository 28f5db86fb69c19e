using System.Text.RegularExpressions;
using ServerlessMme.Infra.Tests.Support;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Infra.Tests.Azure;

/// <summary>What <c>azd up</c> finds in azure.yaml, the templates and the app's project.</summary>
public sealed partial class AzdTests(DeploymentFixture fixture)
{
    private const string Site = "Microsoft.Web/sites";

    private readonly Dictionary<string, string> _project = AzdProject.Read();

    [Fact]
    public void Project_file_sets_what_azd_needs_and_nothing_else()
    {
        Assert.Equal(
            ["infra.module", "infra.path", "infra.provider", "name", "services.functions.host",
                "services.functions.language", "services.functions.project"],
            _project.Keys.Order(StringComparer.Ordinal));
        Assert.Matches(AzdName(), _project["name"]);
        Assert.Equal("bicep", _project["infra.provider"]);
        Assert.Equal(("function", "dotnet"), (
            _project["services.functions.host"], _project["services.functions.language"]));
    }

    [Fact]
    public void Paths_of_the_project_file_exist()
    {
        var module = Path.Combine(_project["infra.path"], _project["infra.module"]);
        Assert.True(File.Exists(Repository.PathOf(module + ".bicep")));
        Assert.True(File.Exists(Repository.PathOf(module + ".bicepparam")));

        // azd publishes the only project of the folder.
        var folder = Repository.PathOf(_project["services.functions.project"]);
        Assert.EndsWith(
            "ServerlessMme.Functions.csproj", Assert.Single(Directory.GetFiles(folder, "*.*proj")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Service_is_the_tag_of_the_function_app_and_of_nothing_else()
    {
        foreach (var deployment in (Deployment[])[fixture.Azd, fixture.Dev, fixture.Prod])
        {
            var tags = deployment.One(Site).Of("tags");

            Assert.Contains($"services.{tags.Text("azd-service-name")}.host", _project.Keys);
            Assert.Single(Regex.Matches(deployment.Text, "azd-service-name"));
        }

        Assert.DoesNotContain("azd-service-name", fixture.Worker.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Environment_of_azd_names_the_resource_group_and_is_its_tag()
    {
        var group = fixture.Azd.One("Microsoft.Resources/resourceGroups");

        Assert.Equal($"rg-{DeploymentFixture.AzdEnvironment}", group.Text("name"));
        Assert.Equal(DeploymentFixture.AzdEnvironment, group.Text("tags.azd-env-name"));
        Assert.Equal("swedencentral", group.Text("location"));
        Assert.Contains(
            "output AZURE_RESOURCE_GROUP string = group.name", Repository.Read("infra", "azure", "main.bicep"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Whoever_deploys_with_azd_may_publish_and_drop_and_nobody_else_gets_a_role()
    {
        const string blobs = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";
        const string queues = "974c5e8b-45b9-4653-ba55-5f855dd0fb88";
        var given = fixture.Azd.All("Microsoft.Authorization/roleAssignments").Select(role => role.Of("properties"))
            .Where(role => role.Text("principalId") == DeploymentFixture.AzdPrincipal)
            .Select(role => role.Text("roleDefinitionId").Split('/')[^1]);

        Assert.Equal([queues, blobs], given.Order(StringComparer.Ordinal));
        Assert.Equal(
            fixture.Dev.All("Microsoft.Authorization/roleAssignments").Count + 2,
            fixture.Azd.All("Microsoft.Authorization/roleAssignments").Count);
    }

    [Fact]
    public void Azd_finds_an_id_for_secrets_and_leaves_the_project_as_it_is()
    {
        Assert.Contains(
            "<UserSecretsId>", Repository.Read("src", "ServerlessMme.Functions", "ServerlessMme.Functions.csproj"),
            StringComparison.Ordinal);
    }

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    private static partial Regex AzdName();
}
