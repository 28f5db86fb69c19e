namespace ServerlessMme.Emulator;

/// <summary>The well-known account of all storage emulators. Its key is public.</summary>
internal static class EmulatorAccount
{
    private const string Name = "devstoreaccount1";
    private const string Key =
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    /// <summary>Connection string for an emulator at these ports of the loopback interface.</summary>
    public static string At(int blobPort, int queuePort) =>
        $"DefaultEndpointsProtocol=http;AccountName={Name};AccountKey={Key};"
        + $"BlobEndpoint={Endpoint(blobPort)};QueueEndpoint={Endpoint(queuePort)};";

    /// <summary>Connection string that includes the table service.</summary>
    public static string At(int blobPort, int queuePort, int tablePort) =>
        $"{At(blobPort, queuePort)}TableEndpoint={Endpoint(tablePort)};";

    private static string Endpoint(int port) => $"http://127.0.0.1:{port}/{Name}";
}
