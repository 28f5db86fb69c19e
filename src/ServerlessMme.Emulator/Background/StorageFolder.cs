namespace ServerlessMme.Emulator.Background;

/// <summary>The folder of the background storage. Only this user can enter it.</summary>
internal sealed class StorageFolder(string root)
{
    private const UnixFileMode OwnerOnly =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public string Root => root;

    /// <summary>Folder of containers, blobs and queues.</summary>
    public string Data => Path.Combine(root, "azurite-data");

    /// <summary>Azurite's output since its last start. start.js knows this name, and limits the file's size.</summary>
    public string Log => Path.Combine(root, "azurite.log");

    /// <summary>The log of the previous start.</summary>
    public string PreviousLog => Log + ".1";

    /// <summary>Azurite exits when this file appears. start.js knows this name.</summary>
    public string StopFile => Path.Combine(root, "stop");

    public string LockFile => Path.Combine(root, ".lock");

    public StateFile State { get; } = new(Path.Combine(root, "state.json"));

    /// <summary>Creates the folder.</summary>
    public void Create()
    {
        Create(root);
        Create(Data);
    }

    /// <summary>Size of all data in bytes.</summary>
    public long MeasureData()
    {
        var files = new DirectoryInfo(Data);
        return files.Exists ? files.EnumerateFiles("*", SearchOption.AllDirectories).Sum(LengthOf) : 0;
    }

    public void DeleteData()
    {
        if (Directory.Exists(Data))
        {
            Directory.Delete(Data, recursive: true);
        }
    }

    private static long LengthOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            // Azurite deleted it just now.
            return 0;
        }
    }

    private static void Create(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, OwnerOnly);
        }
    }
}
