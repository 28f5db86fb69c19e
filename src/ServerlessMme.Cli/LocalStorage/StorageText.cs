using ServerlessMme.Cli.Output;
using ServerlessMme.Emulator.Background;

namespace ServerlessMme.Cli.LocalStorage;

/// <summary>Prints where local storage is, and how to connect to it.</summary>
internal static class StorageText
{
    /// <summary>Prints the place, and lines for shells that set the connection string.</summary>
    public static void Print(BackgroundStorage storage, RunningStorage running)
    {
        PrintPlace(storage, running);
        Console.WriteLine($"""

            mme uses local storage if no other account is set. Other programs need its connection string.

            bash:
              export Mme__Storage__ConnectionString='{running.ConnectionString}'
            PowerShell:
              $env:Mme__Storage__ConnectionString = '{running.ConnectionString}'
            """);
    }

    /// <summary>Prints the ports and the data.</summary>
    public static void PrintPlace(BackgroundStorage storage, RunningStorage running)
    {
        var (blob, queue, table) = running.Ports;
        Console.WriteLine($"""
              ports  {blob} for blobs, {queue} for queues, {table} for tables, on 127.0.0.1
            """);
        PrintData(storage);
    }

    public static void PrintData(BackgroundStorage storage) =>
        Console.WriteLine($"  data   {ByteSize.Text(storage.MeasureData())} in {storage.Folder}");
}
