using Mono.Cecil;
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

    // The Functions app's Program.cs is compiled only where the worker's packages are. Only it uses these.
    private static readonly string[] UsedByFunctionsProgram = ["ServerlessMme.Hosting.WebJobsStorage"];

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

    [Theory]
    [MemberData(nameof(Built))]
    public void Public_types_are_used_by_another_project(string project)
    {
        using var module = Projects.Open(project);
        AssertNone(PublicSurface.FindUnused(OwnTypes(module), UsesInOthers(project)));
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

    // The Functions app brings stand-ins for types of the worker, which are no types of ours.
    private static IEnumerable<TypeDefinition> OwnTypes(ModuleDefinition module) => module.Types.Where(type =>
        Projects.IsOurs(type.Namespace) && !UsedByFunctionsProgram.Contains(type.FullName));

    private static List<TypeUse> UsesInOthers(string project)
    {
        var uses = new List<TypeUse>();
        foreach (var other in Projects.Built.Where(other => Projects.AllBelow(other).Contains(project)))
        {
            using var module = Projects.Open(other);
            uses.AddRange(AssemblyUses.Read(module).Where(use => use.UsedAssembly == project));
        }

        return uses;
    }

    private static void AssertNone(IReadOnlyList<string> violations) =>
        Assert.True(violations.Count == 0, '\n' + string.Join('\n', violations));
}
