using ServerlessMme.Architecture.Tests.Checking;

namespace ServerlessMme.Architecture.Tests;

public sealed class LayoutTests
{
    // What Core may use besides .NET itself. No SDK of a cloud, a runtime or a web server belongs here.
    private static readonly string[] CorePackages =
    [
        "MathNet.Numerics",
        "Microsoft.Extensions.DependencyInjection.Abstractions",
        "Microsoft.Extensions.Logging.Abstractions",
        "Microsoft.Extensions.Options",
        "Microsoft.Extensions.Options.DataAnnotations",
        "Microsoft.Win32.Primitives",
        "NCrontab",
        "SharpCompress",
    ];

    // Parts of the Azure SDK that are named like parts of .NET.
    private static readonly string[] SdkPackages = ["System.ClientModel", "System.Memory.Data"];

    public static TheoryData<string> Built => [.. Projects.Built];

    [Fact]
    public void All_projects_are_checked() =>
        Assert.Superset(
            new HashSet<string>(["mme", "ServerlessMme.Functions", .. Projects.AllBelow("mme")]),
            new HashSet<string>(Projects.Built));

    [Theory]
    [MemberData(nameof(Built))]
    public void References_between_projects_point_one_way(string project)
    {
        using var module = Projects.Open(project);
        var below = Projects.AllBelow(project).ToHashSet();
        AssertNone(ProjectReferences.Find(module, name => !Projects.IsOurs(name) || below.Contains(name)));
    }

    [Theory]
    [MemberData(nameof(Built))]
    public void Folders_of_a_project_form_no_cycle(string project)
    {
        using var module = Projects.Open(project);
        AssertNone(FolderCycles.Find(module, Projects.RootOf(project)));
    }

    [Fact]
    public void Core_references_no_sdk()
    {
        using var module = Projects.Open("ServerlessMme.Core");
        AssertNone(ProjectReferences.Find(
            module,
            name => (name.StartsWith("System.", StringComparison.Ordinal) && !SdkPackages.Contains(name))
                || CorePackages.Contains(name)));
    }

    private static void AssertNone(IReadOnlyList<string> violations) =>
        Assert.True(violations.Count == 0, '\n' + string.Join('\n', violations));
}
