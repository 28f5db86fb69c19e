using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Infra.Tests.Support;

/// <summary>
/// The Bicep compiler of the package. It works on a copy of <c>infra/azure</c>, because it writes beside its inputs.
/// </summary>
internal sealed class Bicep : IDisposable
{
    public const string Unsupported = "The Bicep compiler of the package is for Linux on x64.";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mme-bicep-");

    public Bicep()
    {
        Assert.SkipUnless(IsSupported, Unsupported);
        var source = Repository.PathOf("infra", "azure");
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(_folder.FullName, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        // NuGet unpacks files without the right to execute them.
        Compiler = Path.Combine(_folder.FullName, "bicep");
        File.Copy(Compiled("Bicep"), Compiler);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Compiler, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    public static bool IsSupported =>
        OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64;

    private string Compiler { get; }

    /// <summary>The templates and the parameter files.</summary>
    public IEnumerable<string> Files =>
        Directory.EnumerateFiles(_folder.FullName, "*.bicep*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".bicep" or ".bicepparam");

    public string PathOf(string file) => Path.Combine(_folder.FullName, file);

    public async Task<Finished> RunAsync(params string[] arguments) =>
        (await Command.TryRunAsync(Compiler, arguments))!;

    public async Task<Finished> RunAsync(
        IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        (await Command.TryRunAsync(Compiler, environment, arguments))!;

    /// <summary>The resources of a deployment, with every expression evaluated that needs no Azure.</summary>
    public async Task<Deployment> PredictAsync(string parameters, IReadOnlyDictionary<string, string> environment)
    {
        var finished = (await Command.TryRunAsync(
            Compiler, environment, "snapshot", PathOf(parameters + ".bicepparam"), "--mode", "overwrite",
            "--location", "westeurope", "--subscription-id", Guid.Empty.ToString()))!;
        Assert.True(finished.ExitCode == 0, finished.Error);
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(PathOf(parameters + ".snapshot.json")));
        Assert.Empty(json.RootElement.GetProperty("diagnostics").EnumerateArray());
        return new Deployment(json.RootElement.GetProperty("predictedResources").Clone());
    }

    /// <summary>A value that the project file wrote into this assembly.</summary>
    private static string Compiled(string key) => typeof(Bicep).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;

    public void Dispose() => _folder.Delete(recursive: true);
}
