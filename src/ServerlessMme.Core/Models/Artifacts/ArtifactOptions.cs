using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Core.Models.Artifacts;

/// <summary>Size limits of artifacts, and the folder they are unpacked to (<c>Mme:Artifacts</c>).</summary>
public sealed class ArtifactOptions
{
    /// <summary>
    /// Folder on a local disk for unpacked artifacts. Default: <c>serverless-mme</c> in the user's local data folder,
    /// which other users cannot write to, or in the temporary folder if the user has no local data folder.
    /// </summary>
    [Required]
    public string Folder { get; set; } = Path.Combine(LocalData(), "serverless-mme");

    /// <summary>Maximum size of an artifact, in bytes. Default: 2 GiB.</summary>
    [Range(1, long.MaxValue)]
    public long MaxBytes { get; set; } = 2L << 30;

    /// <summary>Maximum unpacked size of an artifact, in bytes. Default: 4 GiB.</summary>
    [Range(1, long.MaxValue)]
    public long MaxUnpackedBytes { get; set; } = 4L << 30;

    /// <summary>
    /// Total size of unpacked artifacts, in bytes, above which the least recently used are removed. Default: 20 GiB.
    /// </summary>
    [Range(0, long.MaxValue)]
    public long MaxFolderBytes { get; set; } = 20L << 30;

    // DoNotVerify: .NET must neither check nor create the folder. It may be read-only if the setting names another.
    private static string LocalData() =>
        Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify)
            is { Length: > 0 } folder ? folder : Path.GetTempPath();
}
