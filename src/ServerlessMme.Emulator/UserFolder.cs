namespace ServerlessMme.Emulator;

/// <summary>This user's folder for the emulator: <c>serverless-mme</c> in the system's folder for local data.</summary>
internal static class UserFolder
{
    /// <summary>The folder's path. It may not exist yet.</summary>
    public static string FullPath
    {
        get
        {
            var data = Environment.GetFolderPath(
                Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
            return Path.Combine(data.Length > 0 ? data : Path.GetTempPath(), "serverless-mme");
        }
    }
}
