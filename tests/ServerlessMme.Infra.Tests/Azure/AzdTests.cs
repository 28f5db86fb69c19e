using System.Text.RegularExpressions;
using ServerlessMme.Infra.Tests.Support;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

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
            ["hooks.preprovision.posix.run", "hooks.preprovision.posix.shell", "hooks.preprovision.windows.run",
                "hooks.preprovision.windows.shell", "infra.module", "infra.path", "infra.provider", "name",
                "services.functions.host", "services.functions.language", "services.functions.project"],
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

    [Theory]
    [InlineData("true", "provider register --namespace Microsoft.App --wait\n")]
    [InlineData("false", "")]
    [InlineData("", "")]
    public async Task Provider_of_the_subnet_is_registered_before_the_private_network_is_made(
        string isPrivate, string expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The hook is for a shell of POSIX.");
        using var folder = new TemporaryFolder();
        var az = folder.PathOf("az");
        await File.WriteAllTextAsync(az, "#!/bin/sh\necho \"$@\"\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(az, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var environment = new Dictionary<string, string>
        {
            ["MME_PRIVATE_NETWORK"] = isPrivate,
            ["PATH"] = $"{folder.Root}:{Environment.GetEnvironmentVariable("PATH")}",
        };

        var finished = await Command.TryRunAsync("sh", environment, "-c", _project["hooks.preprovision.posix.run"]);

        Assert.Equal((0, expected, ""), (finished!.ExitCode, finished.Output, finished.Error));
        Assert.Contains(
            "az provider register --namespace Microsoft.App --wait", _project["hooks.preprovision.windows.run"],
            StringComparison.Ordinal);
    }

    [Fact]
    public void Environment_variable_of_azd_makes_the_network_private()
    {
        const string network = "Microsoft.Network/virtualNetworks";

        Assert.Empty(fixture.Azd.All(network));
        Assert.Contains(
            "param privateNetwork = bool(readEnvironmentVariable('MME_PRIVATE_NETWORK', 'false'))",
            Repository.Read("infra", "azure", "main.bicepparam"), StringComparison.Ordinal);
        // infra/up finds it by this line.
        Assert.Single(fixture.Prod.All(network));
        Assert.Contains(
            "\nparam privateNetwork = true\n", Repository.Read("infra", "azure", "prod.bicepparam"),
            StringComparison.Ordinal);
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
