using System.Reflection;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Cli.Demo;

/// <summary>
/// The models and sample images inside the program, for a demo without a clone. They are unpacked to a temporary
/// folder, which is deleted when this object is disposed.
/// </summary>
internal sealed class DemoBundle : IDisposable
{
    private const string Prefix = "Demo/";
    private static readonly Assembly Program = typeof(DemoBundle).Assembly;
    private string? _folder;

    /// <summary>Unpacks the files. Returns null if the program was built without them.</summary>
    public DemoFiles? Unpack()
    {
        if (!Names().Any())
        {
            return null;
        }

        _folder = Directory.CreateTempSubdirectory("serverless-mme-demo-").FullName;
        Write(_folder);
        return DemoFiles.In(_folder);
    }

    /// <summary>Unpacks the files for the user to keep.</summary>
    /// <param name="folder">A new or empty folder.</param>
    /// <exception cref="CommandException">The folder has files, or the program has no demo files.</exception>
    public static void UnpackTo(string folder)
    {
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            throw new CommandException(
                ExitCodes.Usage, $"'{Printable.Text(folder)}' is not an empty folder. Specify a new or empty folder.");
        }

        if (!Names().Any())
        {
            throw new CommandException(
                ExitCodes.Usage, "This program was built without the demo's files. They are in the folders models/ "
                    + "and sample-images/ of the project's repository.");
        }

        Write(folder);
    }

    public void Dispose()
    {
        if (_folder is not null)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static IEnumerable<string> Names() =>
        Program.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal));

    private static void Write(string folder)
    {
        foreach (var name in Names())
        {
            // A build on Windows puts backslashes into the names.
            var path = Path.Combine(folder, name[Prefix.Length..].Replace('\\', '/'));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var resource = Program.GetManifestResourceStream(name)!;
            using var file = File.Create(path);
            resource.CopyTo(file);
        }
    }
}
