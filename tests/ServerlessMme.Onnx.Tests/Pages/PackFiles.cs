using System.Security.Cryptography;
using ServerlessMme.Onnx.Pages;
using ServerlessMme.Onnx.Store;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Onnx.Tests.Pages;

/// <summary>Files with random bytes on disk, and their maps.</summary>
internal sealed class PackFiles : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<MappedFile> _maps = [];

    public static int PageBytes => PageAdvice.PageBytes;

    public void Dispose()
    {
        _maps.ForEach(map => map.Dispose());
        _folder.Dispose();
    }

    public string PathOf(string name) => _folder.PathOf(name);

    /// <summary>A file that is on disk, so its pages can be dropped.</summary>
    public string Write(string name, long bytes)
    {
        var path = _folder.PathOf(name);
        using var file = File.Create(path);
        file.Write(RandomNumberGenerator.GetBytes((int)bytes));
        file.Flush(flushToDisk: true);
        return path;
    }

    public MappedFile Map(string path)
    {
        var map = new MappedFile(path, new FileInfo(path).Length);
        _maps.Add(map);
        return map;
    }

    /// <summary>A pack of so many pages that are in memory.</summary>
    public MappedPack Add(PageKeeper keeper, string name, int pages)
    {
        var path = Write(name, (long)pages * PageBytes);
        var map = Map(path);
        PageAdvice.Populate(map.Address, map.Length);
        return keeper.Add(path, map.Address, map.Length, map.Written);
    }

    /// <summary>The same file as another process maps it, and has read it.</summary>
    public MappedPack AddAgain(PageKeeper keeper, string name)
    {
        var map = Map(PathOf(name));
        PageAdvice.Touch(map.Address, map.Length);
        return keeper.Add(PathOf(name), map.Address, map.Length, map.Written);
    }

    /// <summary>Pages of a pack that are in memory.</summary>
    public static long Resident(MappedPack pack) => PageAdvice.CountResident(pack.Address, pack.Length);

    /// <summary>A file system in memory has no pages to drop.</summary>
    public void SkipUnlessPagesCanBeDropped()
    {
        Assert.SkipUnless(PageAdvice.IsSupported, "Pages are managed on 64-bit Linux");
        var path = Write("trial", PageBytes);
        var map = Map(path);
        PageAdvice.Drop(path, map.Address, map.Length);
        Assert.SkipUnless(
            PageAdvice.CountResident(map.Address, map.Length) == 0, "The temporary folder isn't on a disk");
    }
}
